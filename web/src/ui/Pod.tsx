/** The mark of the product: a pod with three beans, the ripe one gold. */
export function Pod({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path d="M3.2 23.6C2 12 11 3.6 25.4 4.4l3.4-1.9-1.3 3.9C29 19.6 20.4 29 8.6 27.6 5.6 27.2 3.5 26 3.2 23.6Z" fill="#1F6A51" />
      <path d="M6 22.8C7.6 14.6 13.8 8.6 23.6 7.6 22.4 17 16.6 23.6 8 24.8c-1.3.1-2.2-.7-2-2Z" fill="#DCEDE5" />
      <circle cx="10.3" cy="20.4" r="3" fill="#2C7D61" />
      <circle cx="15" cy="15.7" r="3.3" fill="#F6BE48" />
      <circle cx="20" cy="11" r="2.6" fill="#2C7D61" />
    </svg>
  );
}
